/**
 * What people ask of a conversation. A command is plain data: whoever dispatches it adds the time and the facts that
 * the rules need, so that deciding needs no clock, no chance and no look-up.
 */
export const recordKinds = ['contact', 'company', 'household', 'opportunity'];
//# sourceMappingURL=commands.js.map