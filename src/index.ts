import { app } from './app.ts'

export { ProjectHub } from './realtime/hub.ts'
export { UserHub } from './realtime/user-hub.ts'

export default { fetch: app.fetch } satisfies ExportedHandler<Env>
