import type { ComponentChildren, ComponentType, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Loading } from './parts.tsx'
import { t } from './strings.ts'

/** `missing`: perhaps a new version was deployed, and the files of this one are gone. */
type Failed = 'offline' | 'missing'
type State<P> = { part?: ComponentType<P>; failed?: Failed }

const RETRY_MS = 3_000

/**
 * Loads a part. When that fails, the browser does not say why, so this asks the server for the page: if it answers, the
 * part is loaded once more before it counts as missing.
 */
async function loadPart<P>(load: () => Promise<ComponentType<P>>): Promise<State<P>> {
  try {
    return { part: await load() }
  } catch {
    const isThere = await fetch('/', { method: 'HEAD' }).then(
      () => true,
      () => false,
    )
    if (!isThere) return { failed: 'offline' }
    return load().then(
      (part) => ({ part }),
      () => ({ failed: 'missing' }),
    )
  }
}

const PartMissing = ({ failed }: { failed: Failed }) => (
  <div class="failure" role="alert">
    <p>{failed === 'offline' ? t.partOffline : t.partMissing}</p>
    {failed === 'missing' && (
      <button type="button" onClick={() => location.reload()}>
        {t.reload}
      </button>
    )}
  </div>
)

/** Calls `retry` once, when the network is back: the browser says so, or, as it may not notice, after a while. */
function onReturn(retry: () => void): () => void {
  const stop = () => {
    clearTimeout(timer)
    removeEventListener('online', begin)
  }
  const begin = () => {
    stop()
    retry()
  }
  const timer = setTimeout(begin, RETRY_MS)
  addEventListener('online', begin)
  return stop
}

type Frame<P> = ComponentType<P & { children: ComponentChildren }>
type Lazy<P> = ((props: P) => JSX.Element) & { preload: () => void }

/** Loads a part; without a network, again when it is back. Returns a function that stops that. */
function loadWhenOnline<P>(load: () => Promise<State<P>>, set: (state: State<P>) => void): () => void {
  let stopped = false
  let stopWaiting = () => {}
  const attempt = async () => {
    const state = await load()
    if (stopped) return
    set(state)
    if (state.failed === 'offline') stopWaiting = onReturn(() => void attempt())
  }
  void attempt()
  return () => {
    stopped = true
    stopWaiting()
  }
}

/**
 * Makes a component whose code is loaded by `preload`, or when it is first shown. `Frame` is put around what is shown
 * meanwhile.
 */
export function makeLazy<P extends object>(load: () => Promise<ComponentType<P>>, Frame?: Frame<P>): Lazy<P> {
  let loaded: State<P> = {}
  const loadOnce = async () => {
    if (!loaded.part) loaded = await loadPart(load)
    return loaded
  }
  function Lazy(props: P) {
    const [{ part: Part, failed }, setState] = useState<State<P>>(loaded.part ? loaded : {})
    useEffect(() => (Part ? undefined : loadWhenOnline(loadOnce, setState)), [])
    if (Part) return <Part {...props} />
    const meanwhile = failed ? <PartMissing failed={failed} /> : <Loading />
    return Frame ? <Frame {...props}>{meanwhile}</Frame> : meanwhile
  }
  return Object.assign(Lazy, { preload: () => void loadOnce() })
}
