import { Component, type ComponentType, createElement } from 'preact'

/** A component that is drawn again only when `isSame` returns false. (preact/compat has `memo` too, but adds 4 KB.) */
export function memo<P extends object>(Inner: ComponentType<P>, isSame: (a: P, b: P) => boolean): ComponentType<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return !isSame(this.props as P, next)
    }

    override render() {
      return createElement(Inner, this.props as P)
    }
  }
}
