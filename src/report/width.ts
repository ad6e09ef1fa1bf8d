/** The only door to string-width: how many columns a text takes on a terminal. */
export { default as widthOf } from "string-width";
