export const recordKinds = ['contact', 'company', 'household', 'opportunity'];
//# sourceMappingURL=entities.js.map