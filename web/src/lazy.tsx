import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Loading } from './parts.tsx'
import { t } from './strings.ts'

/** A new version may have taken the place of the one that this page comes from: then its parts are gone. */
const Missing = () => (
  <div class="failure" role="alert">
    <p>{t.partMissing}</p>
    <button type="button" onClick={() => location.reload()}>
      {t.reload}
    </button>
  </div>
)

/** A part of the page that is loaded when it is first shown. It is asked for twice before it counts as gone. */
export function lazily<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => preact.JSX.Element {
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
    return Part ? <Part {...props} /> : state.failed ? <Missing /> : <Loading />
  }
}
