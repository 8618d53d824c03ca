/** The messages of the package's problems, in a module of their own: importing them loads nothing else of the package. */
export { solverMessages as messages } from '#solver'
