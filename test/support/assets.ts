import { buildWeb } from '../../.ci/web.ts'

/** Builds the files that the Worker serves beside the API, as every build does. */
export default async function setup() {
  await import('../../.ci/vendor.ts')
  await buildWeb()
}
