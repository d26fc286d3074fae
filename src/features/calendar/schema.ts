import * as z from 'zod'

export const MEDIA_TYPE = 'text/calendar'

/** What is wrong with a link is for its signature to say: nothing but its absence is refused here. */
export const OfProject = z.object({ id: z.string().meta({ description: 'The project that it is of' }) })
export const CalendarQuery = z.object({ link: z.string().meta({ description: 'Id, maker and signature' }) })
