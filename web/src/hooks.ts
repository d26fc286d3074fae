import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { announce, showDone, showError } from './announce.tsx'
import { client, NoAnswer, problemTextOf } from './client.ts'
import { today } from './format.ts'
import { go, goInstead, hrefs } from './routes.ts'
import { t } from './strings.ts'

type Readable<T> = { getSnapshot(): T; subscribe(changed: () => void): () => void }

/** The current snapshot of a store of the client. The component is drawn again whenever it changes. */
export function useReadable<T>(readable: Readable<T>): T {
  const [, redraw] = useState(0)
  const seen = useRef<T | undefined>(undefined)
  useEffect(() => {
    const changed = () => readable.getSnapshot() !== seen.current && redraw((n) => n + 1)
    changed()
    return readable.subscribe(changed)
  }, [readable])
  seen.current = readable.getSnapshot()
  return seen.current as T
}

/** `isLoading`: there is neither data nor an error yet. */
export type Loaded<T> = { data?: T; error?: unknown; isLoading: boolean; reload: () => void }

const RETRY_MS = 3_000

/**
 * Loads data, and loads again when one of `on` changes, or after a while when there was no answer. The old data stays
 * until new data comes, or if that fails.
 */
export function useLoaded<T>(load: () => Promise<T>, on: unknown[]): Loaded<T> {
  const [state, setState] = useState<{ data?: T; error?: unknown }>({})
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let current = true
    load().then(
      (data) => current && setState({ data }),
      (error: unknown) => current && setState(({ data }) => ({ ...(data !== undefined && { data }), error })),
    )
    return () => {
      current = false
    }
  }, [...on, turn])
  useEffect(() => {
    if (!(state.error instanceof NoAnswer)) return
    const timer = setTimeout(() => setTurn((n) => n + 1), RETRY_MS)
    return () => clearTimeout(timer)
  }, [state])
  const isLoading = state.data === undefined && state.error === undefined
  return { ...state, isLoading, reload: useCallback(() => setTurn((n) => n + 1), []) }
}

/**
 * Wraps an action that a user starts. `run` shows its failure, announces `said` after a success, and returns whether it
 * succeeded. While one is running, `run` does nothing and returns false.
 */
export function useAct<A extends unknown[]>(act: (...given: A) => Promise<unknown>, said?: string) {
  const [busy, setBusy] = useState(false)
  const running = useRef(false)
  const forgetError = useRef(() => {})
  const run = async (...given: A): Promise<boolean> => {
    if (running.current) return false
    running.current = true
    setBusy(true)
    forgetError.current() // the error of the last run
    try {
      await act(...given)
      if (said) announce(said)
      return true
    } catch (error) {
      forgetError.current = showError(problemTextOf(error))
      return false
    } finally {
      running.current = false
      setBusy(false)
    }
  }
  return { run, busy }
}

/** Returns a function that tells whether this view is still shown. */
export function useIsShown(): () => boolean {
  const isShown = useRef(true)
  useEffect(
    () => () => {
      isShown.current = false
    },
    [],
  )
  return () => isShown.current
}

/** Makes a function that does nothing once the view is gone: a late answer must not close the next dialog. */
export function useWhileShown(act: () => void): () => void {
  const isShown = useIsShown()
  return () => isShown() && act()
}

/** The page that shows what an act has made or moved. `instead`: it replaces this one in the browser's history. */
type Place = { href: string; label: string; instead?: boolean }

/**
 * Returns a function that opens the page of something that was just made or moved, and announces that. If the user has
 * left this view meanwhile, it shows a note with a link to that page instead. `back`: a link for the note that is shown
 * when the page is opened.
 */
export function useArrive(): (place: Place, said: string, back?: { label: string; href: string }) => void {
  const isShown = useIsShown()
  const { current: owner } = useRef(client.user?.id)
  return ({ href, label, instead }, said, back) => {
    if (client.user?.id !== owner) return // it is nothing for the next person
    if (!isShown() && location.hash !== href) return showDone(said, { label, href })
    if (back) showDone(said, back)
    else announce(said)
    if (instead) goInstead(href)
    else go(href)
  }
}

/** Returns a function that opens the board of a project that was just made. */
export function useOpenMade(): (project: string, said: string) => void {
  const arrive = useArrive()
  return (project, said) => arrive({ href: hrefs.board(project), label: t.projects.openBoard }, said)
}

const THROTTLE_MS = 3_000

/**
 * Follows a value that may change many times a second, such as the `seq` of a busy board. The result changes at most
 * every three seconds, and ends with the last value.
 */
export function useThrottled<T>(value: T): T {
  const [shown, setShown] = useState(value)
  const changed = useRef(performance.now())
  useEffect(() => {
    if (value === shown) return
    const show = () => {
      changed.current = performance.now()
      setShown(value)
    }
    const timer = setTimeout(show, changed.current + THROTTLE_MS - performance.now())
    return () => clearTimeout(timer)
  }, [value, shown])
  return shown
}

const RETURN_MS = 500

/** Calls `act` whenever the user comes back to this window, or to this tab: once, although there may be two events. */
export function useReturn(act: () => void): void {
  useEffect(() => {
    let last = Number.NEGATIVE_INFINITY
    const back = () => {
      if (document.visibilityState !== 'visible' || performance.now() - last < RETURN_MS) return
      last = performance.now()
      act()
    }
    addEventListener('focus', back)
    document.addEventListener('visibilitychange', back)
    return () => {
      removeEventListener('focus', back)
      document.removeEventListener('visibilitychange', back)
    }
  }, [act])
}

const DAY_CHECK_MS = 60_000

/**
 * The reader's day (YYYY-MM-DD). The component is drawn again when it changes. It is asked for each minute: a timer
 * until midnight would be late when the computer sleeps or the zone changes.
 */
export function useDay(): string {
  const [day, setDay] = useState(today)
  useEffect(() => {
    const timer = setInterval(() => setDay(today()), DAY_CHECK_MS)
    return () => clearInterval(timer)
  }, [])
  return day
}

/** Gives the focus to what the page shows, when nothing else has it. */
export const focusOnContent = () => document.getElementById('content')?.focus()

/** Sets the document's title when a view is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title
  }, [title])
}

/**
 * Shows the error of work that does not run through `useAct`, such as loading more cards. Whoever has signed out
 * meanwhile no longer waits for it.
 */
export function showErrorOf(error: unknown): void {
  if (client.user) showError(problemTextOf(error))
}
