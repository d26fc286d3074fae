import { render } from 'preact'
import { App } from './app.tsx'
import { day } from './format.ts'

const root = document.getElementById('app')
if (root) render(<App />, root)
// The first date to be written takes tens of milliseconds of a slow processor: it is idle now, waiting for the session.
setTimeout(() => day('2000-01-01'))
