/** What is used of slip39, which brings no types. */
declare module 'slip39' {
  type Slip39 = { readonly fromPath: (path: string) => { readonly mnemonics: readonly string[] } };
  type Slip39Maker = {
    fromArray: (
      secret: readonly number[],
      options: { readonly threshold: number; readonly groups: readonly (readonly number[])[] },
    ) => Slip39;
    recoverSecret: (mnemonics: readonly string[]) => readonly number[];
    validateMnemonic: (mnemonic: string) => boolean;
  };
  const maker: Slip39Maker;
  export default maker;
}

declare module 'slip39/src/slip39_helper.js' {
  const helper: { readonly WORD_LIST: readonly string[] };
  export default helper;
}
