/** Version of this package; the same as in package.json, which not every bundler lets a browser read. */
export const packageVersion = '0.1.0'
