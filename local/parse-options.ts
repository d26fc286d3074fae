import { relative } from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'

/** The options of the command. A wrong one ends the program with 2, and a line that says where they are listed. */
export function parseOptions<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (error) {
    const [problem] = (error as Error).message.split('. ')
    console.error(`${problem}. The comment in ${relative('', process.argv[1] ?? '')} lists the options.`)
    process.exit(2)
  }
}
