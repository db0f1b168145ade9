/** What the benchmark takes from the tests of the storage: their host, their models and their page. */
export { ModelHost } from '../../storage/host.ts'
export { manifestOf, makeModel, offer } from '../../storage/models.ts'
