/** Numbers as IEEE half precision. */

/** The largest number that half precision has. */
export const largestHalf = 65_504

/** The value of 16 bits in IEEE half precision. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** The 16 bits of the nearest half-precision number; ties go to the even one. */
export function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (size < 2 ** -14) return sign | evenly(size / 2 ** -24)
  if (size >= largestHalf + 16) return sign | 0x7c00
  const exponent = Math.min(15, Math.floor(Math.log2(size)))
  // The logarithm may round up to the next power of two, or down from it.
  const exact = size < 2 ** exponent ? exponent - 1 : size >= 2 ** (exponent + 1) ? exponent + 1 : exponent
  // A fraction that rounds up to 1024 carries into the exponent by itself.
  return sign | (((exact + 15) << 10) + evenly((size / 2 ** exact - 1) * 1024))
}

function evenly(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1
  return rest < 0.5 ? below : below + 1
}

/** Little-endian bytes of half-precision numbers. */
export function halfBytes(values: Float32Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(2 * values.length))
  values.forEach((value, at) => view.setUint16(2 * at, halfBits(value), true))
  return new Uint8Array(view.buffer)
}
