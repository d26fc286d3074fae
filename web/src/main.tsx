import './start.ts'
import { render } from 'preact'
import { App } from './app.tsx'
import './drafts.ts' // must be there at each sign-out, to delete what it keeps
import { formatDay, formatList } from './format.ts'
import { keepFocus } from './kept-focus.ts'
import { whenSessionKnown } from './start.ts'

keepFocus()

/** The page is drawn when the session is known, or after this time: drawing earlier would only delay its request. */
const MAX_WAIT_MS = 300

void Promise.race([whenSessionKnown, new Promise((resolve) => setTimeout(resolve, MAX_WAIT_MS))]).then(() => {
  const root = document.getElementById('app')
  if (root) render(<App />, root)
})

// The first date and the first list that are formatted take tens of milliseconds on a slow processor. It is idle while
// the page waits for the session, and then for the board: they are formatted then.
setTimeout(() => formatDay('2000-01-01'), 50)
void whenSessionKnown.then(() => setTimeout(() => formatList(['', '']), 50))
