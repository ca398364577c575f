// Policies over the API: the document for its owner, and the answer for whoever holds a copy of it.

import { problemOf } from './problem'
import { headers } from './sale-api'

// What anybody may know who has the number and the code from the document.
export interface Policy {
  policy_number: string
  insurer_name: string
  product_name: string
  starts_on: string
  ends_on: string
  status: 'issued' | 'cancelled'
  // First day without cover.
  cancelled_from: string | null
}

export async function policy(number: string, code: string): Promise<Policy> {
  const path = `/api/policies/${encodeURIComponent(number)}?${new URLSearchParams({ code })}`
  const answer = await fetch(path, { headers: { accept: 'application/json' } })
  if (!answer.ok) throw await problemOf(answer)
  return (await answer.json()) as Policy
}

export async function policyDocument(id: string): Promise<{ file: Blob; name: string }> {
  const accept = 'application/pdf, application/problem+json'
  const answer = await fetch(`/api/applications/${id}/policy.pdf`, { headers: { ...headers(id), accept } })
  if (!answer.ok) throw await problemOf(answer)
  return { file: await answer.blob(), name: fileName(answer.headers.get('content-disposition') ?? '') }
}

// RFC 6266: the name with an encoding goes before the plain one.
function fileName(disposition: string): string {
  const encoded = /filename\*\s*=\s*UTF-8'[^']*'([^;\s]+)/i.exec(disposition)?.[1]
  if (encoded !== undefined) return decodeURIComponent(encoded)
  const plain = /filename\s*=\s*(?:"([^"]*)"|([^;\s]+))/i.exec(disposition)
  return plain?.[1] ?? plain?.[2] ?? 'policy.pdf'
}
