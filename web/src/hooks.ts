import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { announce, showError } from './announce.tsx'
import { sayProblem } from './client.ts'

type Readable<T> = { getSnapshot(): T; subscribe(changed: () => void): () => void }

/** What a store of the client's holds, and anew whenever it changes. */
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

export type Loaded<T> = { data?: T; error?: unknown; reload: () => void }

/** Loads something, and anew when one of `on` changes; the old stays until the new is there. */
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
  return { ...state, reload: useCallback(() => setTurn((n) => n + 1), []) }
}

/** Something that a person starts and that takes time: not twice at once, and told when it fails. */
export function useAct<A extends unknown[]>(act: (...given: A) => Promise<unknown>, said?: string) {
  const [busy, setBusy] = useState(false)
  const running = useRef(false)
  const forgetError = useRef(() => {})
  const run = async (...given: A): Promise<boolean> => {
    if (running.current) return false
    running.current = true
    setBusy(true)
    forgetError.current() // of the time before
    try {
      await act(...given)
      if (said) announce(said)
      return true
    } catch (error) {
      forgetError.current = showError(sayProblem(error))
      return false
    } finally {
      running.current = false
      setBusy(false)
    }
  }
  return { run, busy }
}

/** The document's title while a view is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title
  }, [title])
}

/** Tells of a failure that nobody waits for. */
export const showErrorOf = (error: unknown) => showError(sayProblem(error))
