export { storeContract, type ContractCases, type StoreContractOptions } from './contract.ts'
export { faultyStore, type Fault, type FaultPlan, type FaultPoint } from './faulty-store.ts'
