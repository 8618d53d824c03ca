import type { AutoConfigure } from '#image'
import { err, ok, type Result, type ValidationProblem } from '#model'
import { repositoryUri } from './repository-uri.ts'

/**
 * `[name=]uri` as `-p` takes it. A name has no slash, so a URI with `=` in it is not cut. The problem comes with the name, which
 * some commands must look at first.
 */
export function readPublisher(
  text: string,
  cwd: string,
): Result<AutoConfigure, { readonly only: string | undefined; readonly problem: ValidationProblem }> {
  const match = /^([^=/:]+)=(.*)$/s.exec(text)
  const only = match?.[1]
  const uri = repositoryUri(match?.[2] ?? text, cwd)
  if (!uri.ok) return err({ only, problem: uri.error })
  return ok({ uri: uri.value, ...(only === undefined ? {} : { only }) })
}
