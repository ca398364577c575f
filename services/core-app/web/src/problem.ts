// What went wrong: as the server says it (RFC 9457), or that it could not be asked.

import type { Price } from './api'

export interface Problem {
  // 0 when there was no answer.
  status: number
  detail: string
  errors?: { field: string; detail: string }[]
  // What it costs now, when that is not what was quoted.
  premium?: Price
}

export const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'status' in value && 'detail' in value

export async function problemOf(answer: Response): Promise<Problem> {
  const told = (await answer.json().catch(() => ({}))) as Partial<Problem>
  return { detail: `${answer.status}`, ...told, status: answer.status }
}

export const asProblem = (error: unknown): Problem =>
  isProblem(error) ? error : { status: 0, detail: error instanceof Error ? error.message : String(error) }
