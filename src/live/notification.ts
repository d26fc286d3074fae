import * as z from 'zod'
import { NOTIFICATION_KINDS } from '../db/schema.ts'

export const kind = z.enum(NOTIFICATION_KINDS).meta({ id: 'NotificationKind' })
