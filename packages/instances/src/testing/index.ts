export { instanceProviderContract, type ProviderUnderTest } from './provider-contract.ts'
