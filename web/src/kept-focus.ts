import { cardOf } from './board/focus.ts'
import { focusOnContent } from './hooks.ts'

/** In a text, only links could have the focus: none of them takes the place of a control that is gone. */
const CONTROLS = ':is(button, input, select, textarea, summary, a[href]):not(.prose *, [aria-disabled="true"])'

type Place = { parent: HTMLElement; index: number }

/** An element that has, or had, the focus. `opener`: what had it before the dialog of this element was opened. */
type Holder = { element: Element; places: Place[]; dialog: Element | null; opener: Holder | undefined }

/** Where an element is: in its parent, in the parent of that, and so on. */
function placesOf(element: Element): Place[] {
  const parent = element.parentElement
  return parent ? [{ parent, index: [...parent.children].indexOf(element) }, ...placesOf(parent)] : []
}

/** The controls in an element, which may be one itself. */
const controlsIn = (element: Element | null | undefined) =>
  element ? [...(element.matches(CONTROLS) ? [element] : []), ...element.querySelectorAll(CONTROLS)] : []

/** Gives the focus to the first of these that can have it. */
const focusFirst = (elements: Element[]) =>
  elements.some((element) => {
    if (element instanceof HTMLElement) element.focus()
    return document.activeElement === element
  })

/**
 * Gives the focus to what is now at the place of a control: to one of the same kind, if there is any. A section without
 * any control gets it itself, as what comes next to be read is there; so does the content of the page.
 */
function focusInPlaceOf({ element, places }: Holder): void {
  for (const { parent, index } of places) {
    if (parent.id === 'content') break
    if (!parent.isConnected) continue
    const isSameKind = ({ tagName }: Element) => tagName === element.tagName
    const nearby = controlsIn(parent.children[index] ?? parent.lastElementChild).filter(isSameKind)
    const all = controlsIn(parent)
    if (focusFirst([...nearby, ...all.filter(isSameKind), ...all])) return
    if (parent.tagName !== 'SECTION') continue
    parent.tabIndex = -1
    parent.focus()
    return
  }
  focusOnContent()
}

/** The last holder in `dialog` (null: outside of dialogs): `holder`, or one of those that opened its dialogs. */
const lastHolderIn = (holder: Holder | undefined, dialog: Element | null): Holder | undefined =>
  !holder || holder.dialog === dialog ? holder : lastHolderIn(holder.opener, dialog)

/** Who had the focus before the dialog of this holder was opened, if that dialog is closed now; else this holder. */
const beforeDialog = (holder: Holder): Holder | undefined =>
  holder.dialog && !holder.dialog.isConnected ? holder.opener && beforeDialog(holder.opener) : holder

/**
 * Keeps the focus in the page: when the control that has it is removed (as "Delete" is, together with its row), the
 * focus goes to what is now in its place. Otherwise nothing would have the focus, and Tab would begin at the top of the
 * page. The board does this for its cards itself (board/focus.ts).
 */
export function keepFocus(): void {
  let last: Holder | undefined
  addEventListener('focusin', ({ target }) => {
    if (!(target instanceof Element)) return
    const dialog = target.closest('dialog')
    const before = lastHolderIn(last, dialog)
    const opener = before ? before.opener : dialog ? last : undefined
    last = { element: target, places: placesOf(target), dialog, opener }
  })
  // Somebody who presses on blank space has given the focus away: it must not jump when its control is removed later.
  addEventListener('focusout', () => {
    const { element } = last ?? {}
    requestAnimationFrame(() => {
      if (last?.element === element && element?.isConnected && document.activeElement === document.body)
        last = undefined
    })
  })
  const observer = new MutationObserver(() => {
    if (!last || last.element.isConnected || document.activeElement !== document.body) return
    const gone = beforeDialog(last)
    last = undefined
    if (gone && cardOf(gone.element) === undefined && !focusFirst([gone.element])) focusInPlaceOf(gone)
  })
  observer.observe(document.body, { childList: true, subtree: true })
}
