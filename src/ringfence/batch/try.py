import sys,time,warnings
sys.path.insert(0,'/tmp/popx')
import numpy as np
from ringfence.batch.majors import market_of
from ringfence.batch.population import Shape, populate
from ringfence.margin.assess import assess
from ringfence.margin.snapshot import Snapshot
import dataclasses
from ringfence.batch import setting as S
if 'overrides' not in S.Setting.__dataclass_fields__:
    from ringfence.book import Overrides
    S.Setting.overrides=Overrides()
from exact_tmp import holding_of
from collections import Counter
V=sys.argv[1:] or "binance-usdm bybit okx hyperliquid binance-coinm dydx gate bitget kraken kucoin htx coinex bitmex deribit paradex derive binance-pm binance-pm-pro binance-usdm/multi-asset okx/multi-currency bybit/classic bitget/multi-asset kraken/single-collateral hyperliquid/portfolio hyperliquid/unified deribit/cross-standard".split()
for v in V:
    v,_,m=v.partition('/')
    try: s=market_of(v,account_mode=m or None)
    except Exception as e: print(v,type(e).__name__,e); continue
    for shape in (Shape(accounts=40),Shape(accounts=25,two_legged=.5,isolated_accounts=.6,close=.3,hedged=.3)):
        c=populate(shape,s,3)
        st=Counter(); notes=Counter(); t=time.time(); bad=0; iso=Counter()
        for a in range(len(c.accounts)):
            try:
                h=assess(Snapshot((holding_of(c,a,s),)))
            except Exception as e:
                bad+=1
                if bad<3: print(v,m,'FAIL',type(e).__name__,str(e)[:300])
                continue
            ah=h.accounts[0]
            ids=[p.pool.id for p in ah.pools]; mine=[c.pool_id(p) for p in c.pools_of(a)]
            if ids!=mine: print('ids',ids,mine)
            for p in ah.pools: st[p.pool.kind,p.status]+=1
            notes.update(h.warnings); notes.update(ah.warnings)
        print(v,m,len(c.positions),dict(st),'bad',bad,'%.1fs'%(time.time()-t)); 
        for n,k in notes.most_common(4): print('     ',k,n[:150])
