/** What a compiled module takes and offers, in one line: two builds of a program hardly ever agree in it. */
export function moduleInterface(module) {
  const listed = (entries) => entries.map(({ kind, name }) => `${kind[0]}:${name}`).join(' ')
  return `${listed(WebAssembly.Module.imports(module))} > ${listed(WebAssembly.Module.exports(module))}`
}
