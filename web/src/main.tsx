import './start.ts'
import { render } from 'preact'
import { App } from './app.tsx'
import { day, list } from './format.ts'
import { begun } from './start.ts'

/** The first drawing waits for the session, at most so long: it would only delay the first request. */
const PATIENCE_MS = 300

void Promise.race([begun, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]).then(() => {
  const root = document.getElementById('app')
  if (root) render(<App />, root)
})

// The first date and the first list to be written take tens of milliseconds of a slow processor, which is idle while the
// session, and then the board, are under way.
setTimeout(() => day('2000-01-01'), 50)
void begun.then(() => setTimeout(() => list(['', '']), 50))
