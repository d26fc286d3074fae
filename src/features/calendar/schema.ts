import * as z from 'zod'

export const MEDIA_TYPE = 'text/calendar'

/** Refuses only a missing value: the check of the signature refuses a wrong id or link (link_invalid, link_expired). */
export const CalendarParam = z.object({ id: z.string().meta({ description: 'The id of the project of the calendar' }) })
export const CalendarQuery = z.object({ link: z.string().meta({ description: 'Id, maker and signature of the link' }) })
