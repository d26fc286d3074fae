import { NoAnswer } from '../client.ts'
import { Failure } from '../parts.tsx'

type Props = { error: unknown; reload: () => void }

/** Says why a part of the card could not be loaded. Without a network, the card says so once for all parts. */
export const PartFailure = ({ error, reload }: Props) =>
  error === undefined || error instanceof NoAnswer ? null : <Failure error={error} reload={reload} />
