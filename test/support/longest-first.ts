import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes more than some 20 s. Vitest knows it after a run; on a fresh checkout it would go by the size of the files. */
const LONG =
  /\/(brute-force|bulk|checklists|contract|dev|journal|mcp-tools|notifications-live|openapi|regex|roles)\.test\.ts$/

/** Long files begin first, so that in the end no core waits for one of them. A project's files stay together, as they share workers. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const projects = Map.groupBy(await super.sort(files), ({ project }) => project)
    return [...projects.values()].flatMap((all) => {
      const { long = [], short = [] } = Object.groupBy(all, ({ moduleId }) => (LONG.test(moduleId) ? 'long' : 'short'))
      return [...long, ...short]
    })
  }
}
