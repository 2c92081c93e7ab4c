const VIDEO =
  /\.(?:mkv|mk3d|mp4|m4v|avi|mov|ts|m2ts|mts|webm|wmv|asf|mpg|mpeg|m2v|flv|ogv|ogm|divx|vob|rmvb|rm|3gp|wtv|dvr-ms|iso|img)$/i

/** Whether the file's name says that players show pictures of it. */
export const isVideoPath = (path: string): boolean => VIDEO.test(path)
