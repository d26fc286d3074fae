/**
 * The answers that are cached for CACHE_SECONDS, by the id of their operation, each with a hash of its
 * schema. Both are part of every key: a release whose answers look different never reads the old ones.
 * The Worker has no schemas of answers, so the hashes are written here: test/node/cache.test.ts prints
 * the new one when an answer has changed.
 */
export const SHAPES = {
  getProject: '10qbxn5',
  getBoard: '8m59tg',
  getProgress: '13t3w7n',
  listColumns: '18yskw1',
  listLabels: '1bvpqo3',
  listMembers: 'v6ttc5',
  reportSummary: '1w0812h',
  reportBurndown: '1d1et6v',
  reportBurnup: '1d1et6v',
  reportCumulativeFlow: 'wyfyaf',
  reportCycleTime: '10qu5h1',
  reportLeadTime: '10qu5h1',
  reportThroughput: 'hz0pro',
  reportTimeInColumn: 'ba5qtd',
  reportAging: 'xppa2w',
  reportWorkload: '1221zud',
  reportForecast: 'j9eaui',
  reportActivity: 'efvc2s',
} as const

/** The operation whose answer is cached. */
export type CachedOperation = keyof typeof SHAPES
