/** From here on the process is `uid:gid` and nothing else; an empty text leaves it as it is. */
export function dropRights(user: string): void {
  if (user === "") return;
  const [uid, gid] = user.split(":").map(Number);
  if (!uid || gid === undefined || !process.setgroups || !process.setgid || !process.setuid) {
    throw new TypeError(`cannot become user ${user}`);
  }
  process.setgroups([]);
  process.setgid(gid);
  process.setuid(uid);
}
