/** What the path of a request says it is for. */

const SIGN_UP =
  /(?:^|[/_.-])(?:sign-?up|register|registration|registrieren|create-?account|new-?account|account\/(?:new|create)|users?\/(?:new|create)|join|subscribe|enroll|wp-signup|inscription|registro)(?:$|[/_.?-])/i;
/** Collections to which an entry is posted. */
const ACCOUNTS = /\/(?:users|accounts|members|customers)\/?$/i;

/** Whether a post to this path creates an account. */
export function isSignUp(path: string): boolean {
  return SIGN_UP.test(path) || ACCOUNTS.test(path);
}
