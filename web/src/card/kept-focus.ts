import { useEffect } from 'preact/hooks'

/** In a text, only links could have the focus: none of them takes the place of a control that is gone. */
const CONTROLS = ':is(button, input, select, textarea, summary, a[href]):not(.prose *, [aria-disabled="true"])'

type Place = { parent: HTMLElement; index: number }

/** Where an element is: in its parent, in the parent of that, and so on. */
function placesOf(element: Element): Place[] {
  const parent = element.parentElement
  return parent ? [{ parent, index: [...parent.children].indexOf(element) }, ...placesOf(parent)] : []
}

const controlsIn = (element: Element | null | undefined) =>
  element ? [...element.querySelectorAll<HTMLElement>(CONTROLS)] : []

/** Gives the focus to the first of these that can have it. */
const focusFirst = (elements: HTMLElement[]) =>
  elements.some((element) => {
    element.focus()
    return document.activeElement === element
  })

/**
 * Gives the focus to what is now at the place of a control: to one of the same kind, if there is any. A section without
 * any control gets it itself, as what comes next to be read is there.
 */
function focusInPlaceOf(gone: Element, places: Place[]): void {
  for (const { parent, index } of places) {
    if (!parent.isConnected) continue
    const isSameKind = ({ tagName }: Element) => tagName === gone.tagName
    const nearby = controlsIn(parent.children[index] ?? parent.lastElementChild).filter(isSameKind)
    const all = controlsIn(parent)
    if (focusFirst([...nearby, ...all.filter(isSameKind), ...all])) return
    if (parent.tagName !== 'SECTION') continue
    parent.tabIndex = -1
    parent.focus()
    return
  }
}

/**
 * Keeps the focus in an open dialog: when the control that has it is removed, as the row that it deletes, the focus goes
 * to what is now in its place. Otherwise the browser would take it away, and the keyboard begin at the top again.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let last: { element: Element; places: Place[] } | undefined
    const onFocusIn = ({ target }: FocusEvent) => {
      last = target instanceof Element ? { element: target, places: placesOf(target) } : undefined
    }
    const observer = new MutationObserver(() => {
      if (!last || last.element.isConnected || document.activeElement !== document.body) return
      focusInPlaceOf(last.element, last.places)
    })
    addEventListener('focusin', onFocusIn)
    observer.observe(document.body, { childList: true, subtree: true })
    return () => {
      removeEventListener('focusin', onFocusIn)
      observer.disconnect()
    }
  }, [])
}
