import { buildWeb } from '../../.ci/web.ts'

/** What is served beside the API, made as in every build. */
export default async function setup() {
  await import('../../.ci/vendor.ts')
  await buildWeb()
}
