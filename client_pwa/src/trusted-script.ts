/**
 * Under the content policy a worker starts only from an address that a named policy has passed.
 * Ours passes the app's own built scripts and nothing else.
 */
type ScriptPolicy = { createScriptURL: (address: string) => string };
type ScriptPolicyFactory = {
  createPolicy: (name: string, rules: ScriptPolicy) => ScriptPolicy;
};

declare global {
  // Absent from TypeScript's own list, and from browsers that do not know Trusted Types.
  var trustedTypes: ScriptPolicyFactory | undefined;
}

const OWN_SCRIPT = /^\/(service-worker|assets\/[\w-]+)\.js$/;

export function checkedAddress(address: string): string {
  if (!OWN_SCRIPT.test(address)) throw new TypeError(`Not a script of this app: ${address}`);
  return address;
}

const rules: ScriptPolicy = { createScriptURL: checkedAddress };
const policy = globalThis.trustedTypes?.createPolicy('escale-worker', rules) ?? rules;

export function trustedScript(address: string): string {
  return policy.createScriptURL(address);
}
