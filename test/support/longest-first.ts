import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes more than some 8 s. Vitest knows it after a run; on a fresh checkout it would go by the size of the files. */
const LONG =
  /\/(bulk|close|dev|faults|journal|live-access|live-gaps|live-snapshot|mcp-tools|notifications-live|(live-)?presence|relay|roles|webhooks)\.test\.ts$/

/**
 * Long files begin first, so that in the end no core waits for one of them. A project's files stay together, as they share
 * workers, and projects have the order of the configuration: that of many short files is the last.
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
