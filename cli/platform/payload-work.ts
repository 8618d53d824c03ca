import type { MessagePort } from 'node:worker_threads'
import type { RepositoryProblem } from '#repo'
import { checkStoredPayload, type StoredPayload } from '#repo'

/** A worker's answer to a list of payloads: the problem of each, or why the work could not be done. */
export type PayloadAnswer =
  | { readonly problems: readonly (RepositoryProblem | undefined)[] }
  | { readonly failure: unknown }

/** Answers each list of payloads that arrives with a `PayloadAnswer`, in the order of arrival. */
export function checkPayloadsFrom(port: MessagePort): void {
  let turn = Promise.resolve()
  port.on('message', (payloads: readonly StoredPayload[]) => {
    turn = turn.then(async () => port.postMessage(await answer(payloads)))
  })
}

async function answer(payloads: readonly StoredPayload[]): Promise<PayloadAnswer> {
  const problems: (RepositoryProblem | undefined)[] = []
  try {
    for (const payload of payloads) problems.push(await checkStoredPayload(payload))
    return { problems }
  } catch (failure) {
    return { failure }
  }
}
