/**
 * SHA-256 of every native binary that the server may load beside that of uWebSockets.js, which the server checks itself
 * (`src/transport/uws-binaries.ts`): LMDB's, and the one of msgpackr, which LMDB's package loads and nobody here uses. For every platform that
 * the lock file names; of versions `lmdb` 3.5.6 and `msgpackr-extract` 3.0.7.
 */
export const nativeBinaries: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '@lmdb/lmdb-darwin-arm64': {
    'node.napi.node': '2314da961b1f4e2a9f4b2fc92a27a85fc7e31ff5cd87abae348077122c92c58d',
  },
  '@lmdb/lmdb-darwin-x64': {
    'node.napi.node': '398c3a336105c420e3cb57d78055fdd49e9648029e230b1c670a0eac3ca3b36b',
  },
  '@lmdb/lmdb-linux-arm': {
    'node.napi.glibc.node': '9a2b904c1b8353bcbfe4ce3b69257b14b81f24974243d11270fdaae3c3c14b81',
  },
  '@lmdb/lmdb-linux-arm64': {
    'node.abi115.glibc.node': 'cfbcb5f264a7bf5a3a03c0f1ee858f9378525d097a8e6d34bf8b378e2469a1ea',
    'node.abi127.glibc.node': 'ab2ad896c6574adad7acc2d46a887af2315b52489fd4b39c551dc118a5c6359a',
    'node.napi.glibc.node': 'db71e081d0d6c56ecf487f741a724aecdb906c7b10d76369d3a7eeb1ac7fcf05',
    'node.napi.musl.node': 'a09007db34594664be8cc8bb91768befd2909c78f4ae6103f7dd41f4daa2b242',
  },
  '@lmdb/lmdb-linux-x64': {
    'node.abi115.glibc.node': 'f0fa4692f2574eb941f8ed98c722c71ef9c9738589e1279dd265124e45d8feed',
    'node.abi127.glibc.node': '34b64bb44a713689b17a043c3562f48486ccfca59eaa036613995e9fcaae03ae',
    'node.napi.glibc.node': '0029b0965ac93b05c057a4c7cf6a10f59dccbe69b23a32518209e190181a0b1c',
    'node.napi.musl.node': '8dda4c141cd1ecbd365745c160e70c969d7e7de850a67b73c382c2ef361b2ba9',
  },
  '@lmdb/lmdb-win32-arm64': {
    'node.napi.node': 'adf515ebbe77c6c1aef3c2ec789d3f68c5f3365a267237eddb236d3aa9ebc034',
  },
  '@lmdb/lmdb-win32-x64': {
    'node.napi.node': '187961a0df31dd68d5409729feac64b15e471b17070a427b1a759aefde3e3d7f',
  },
  '@msgpackr-extract/msgpackr-extract-darwin-arm64': {
    'node.napi.glibc.node': '48af9fb5d04fdfd0b8dd5d6c3fd3d2e0ad559d346ffdd72967b374aa076ad5f5',
  },
  '@msgpackr-extract/msgpackr-extract-darwin-x64': {
    'node.napi.glibc.node': '4ab1976a232d3ca9161f08f60367f353b42407cc6d632cb908c9f0c88c3b5793',
  },
  '@msgpackr-extract/msgpackr-extract-linux-arm': {
    'node.abi115.glibc.node': '6d5ac341c85771a0fa8d46497591e366301f611c3cf8259420189c77ae9065cd',
    'node.abi115.musl.node': '3176b994afc87af2bc6c743957ca8abc32dc0a8fbcaf55f3aaaf8680d93f6bc1',
    'node.napi.glibc.node': 'e671f16e6643ace4df8f5e879b498945a6b3fdee941818a0cc5603e2f09d6584',
    'node.napi.musl.node': '4b328b43209b6e285d91cb366ba9b6ba1c31d84425600b7bb4e9c484477bccc2',
  },
  '@msgpackr-extract/msgpackr-extract-linux-arm64': {
    'node.abi115.glibc.node': '14f490440b2d04f2e623b1234a26cfbdff195111f13eb941e922b696dfeef517',
    'node.abi115.musl.node': '952b9e595b4cf8dd006be4158ee5cd40d9ea450765ba011d8065f6fb8c16e3f7',
    'node.napi.glibc.node': '063d591f58d12e389620d1cbc3940c38a3000c69dfbee96dcaf91f92146b6444',
    'node.napi.musl.node': 'f5c4a76918ed281adcff81cae55c3d2c0c9de54f99e8b9df07ed239212f51f94',
  },
  '@msgpackr-extract/msgpackr-extract-linux-x64': {
    'node.abi115.glibc.node': 'ac4891043262993b084fb42b733b90fed6d25ef6bb4f9f64abb60c44093952ea',
    'node.abi115.musl.node': 'b5afe417a1deb35dbc8bdcce82913765f743df1cf7e7842f34189a204b5cd227',
    'node.napi.glibc.node': '5461c63ebb663d423aa50ff5adf7f43ed78a888310783354c4c8a391783f1a4f',
    'node.napi.musl.node': 'daad0be448b59358dc56c88c6c31bcea8222ddbe5518905014dd3e03f16c5ae5',
  },
  '@msgpackr-extract/msgpackr-extract-win32-x64': {
    'node.abi115.node': '270c26130bb33a04ed7340a59f6d76de403fe964abc4076adccc6ef4be33ce1d',
    'node.napi.node': 'f4f807eddd6c3c132d44df8cbc9f5b520c53f72be5fe38c871840250f7a9c051',
  },
};
