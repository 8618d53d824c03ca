/** Words of the room's problems, in a file of their own: who loads them loads no more of the room. */
export { executorWords as words } from '#executor'
