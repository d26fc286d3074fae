import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Loading } from './parts.tsx'
import { t } from './strings.ts'

/** Shown when a part cannot be loaded: perhaps a new version was deployed, and the files of this one are gone. */
const PartMissing = () => (
  <div class="failure" role="alert">
    <p>{t.partMissing}</p>
    <button type="button" onClick={() => location.reload()}>
      {t.reload}
    </button>
  </div>
)

/** Makes a component whose code is loaded when it is first shown. Loading is tried twice before it fails. */
export function makeLazy<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => preact.JSX.Element {
  let loaded: ComponentType<P> | undefined
  return function Lazy(props: P) {
    const [state, setState] = useState<{ part?: ComponentType<P> | undefined; failed?: true }>({ part: loaded })
    useEffect(() => {
      if (state.part) return
      load()
        .catch(load)
        .then((part) => {
          loaded = part
          setState({ part })
        })
        .catch(() => setState({ failed: true }))
    }, [])
    const { part: Part } = state
    return Part ? <Part {...props} /> : state.failed ? <PartMissing /> : <Loading />
  }
}
