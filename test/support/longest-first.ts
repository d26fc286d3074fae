import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files that take more than about 8 s. Vitest remembers it from earlier runs; on a fresh checkout it would sort by file
 * size.
 */
const LONG =
  /\/(access-races|brute-force|bulk|checklists|claims|close|contract|dev|ends|faults|import-users|journal|live-(access|gaps|keys|presence|replay|slow|snapshot)|mcp-tools|notifications-live|one-trip|openapi|presence|relay|reports|roles|transfer|webhooks|zones)\.test\.ts$/

/**
 * Long files begin first, so that at the end no core is idle while one of them runs. The files of a project stay
 * together, as they share workers. Projects keep the order of the configuration, where that with many short files is
 * the last.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return this.ctx.projects.flatMap(({ name }) => {
      const own = sorted.filter(({ project }) => project.name === name)
      const { long = [], short = [] } = Object.groupBy(own, ({ moduleId }) => (LONG.test(moduleId) ? 'long' : 'short'))
      return [...long, ...short]
    })
  }
}
