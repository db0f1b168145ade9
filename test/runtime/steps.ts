/** Numbers for a window that are the same everywhere: multiples of 1/64 are exact. */
export function steps(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => ((i * 37) % 129) / 64 - 1)
}
