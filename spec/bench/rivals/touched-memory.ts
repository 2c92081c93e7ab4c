import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const BYTES = 256 * 1024 * 1024
const STEP = Buffer.alloc(4 * 1024 * 1024, 1)

/**
 * Leaves pages behind that the kernel gives out next. In a virtual machine the first touch of a page costs ten times a
 * later one, as its host has to find it: who happens to write first would pay for all.
 */
export function touchMemory(directory: string): void {
  const path = join(directory, 'touched')
  const file = openSync(path, 'w')
  try {
    for (let written = 0; written < BYTES; written += STEP.length) writeSync(file, STEP)
  } finally {
    closeSync(file)
    rmSync(path)
  }
}
