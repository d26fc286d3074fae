import { afterAll } from 'vitest'
import { closeSockets } from './socket.ts'

afterAll(closeSockets)
