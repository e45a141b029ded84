export {};
//# sourceMappingURL=archive.js.map