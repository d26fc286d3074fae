import * as z from 'zod'

export const MEDIA_TYPE = 'text/calendar'

/** Only a missing value is refused here. Whether id and link are right, the check of the signature decides (link_invalid, link_expired). */
export const OfProject = z.object({ id: z.string().meta({ description: 'The project that it is of' }) })
export const CalendarQuery = z.object({ link: z.string().meta({ description: 'Id, maker and signature' }) })
