export { connectionContract, type ContractOptions, type OpenConnection } from './connection-contract.ts'
