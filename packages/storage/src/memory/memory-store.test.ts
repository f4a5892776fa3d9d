import { storeContract } from '../testing/index.ts'
import { memoryStore } from './memory-store.ts'

storeContract('memory', async () => memoryStore())
